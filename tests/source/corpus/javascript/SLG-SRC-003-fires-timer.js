module.exports.handler = async (event) => {
  setTimeout("notify('" + event.name + "')", 100); // fires
};
