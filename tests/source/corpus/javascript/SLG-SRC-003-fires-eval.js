exports.handler = async (event) => {
  return { result: eval(event.expression) }; // fires
};
