export const handler = async (event) => {
  const rule = new Function("order", `return ${event.rule}`); // fires
  return rule({});
};
