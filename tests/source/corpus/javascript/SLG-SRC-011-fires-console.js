exports.handler = async (event) => {
  console.log("event", JSON.stringify(event, null, 2)); // fires
};
