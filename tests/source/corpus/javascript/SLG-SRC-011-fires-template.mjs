export const handler = async (event) => {
  const text = JSON.stringify(event);
  console.info(`received ${text}`); // fires
};
