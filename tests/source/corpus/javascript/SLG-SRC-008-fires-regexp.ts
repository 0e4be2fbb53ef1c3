export const handler = async (event: { pattern: string; text: string }) => {
  const pattern = new RegExp(event.pattern, "i"); // fires
  return pattern.test(event.text);
};
