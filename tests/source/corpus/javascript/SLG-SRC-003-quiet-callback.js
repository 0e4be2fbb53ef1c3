module.exports.handler = async (event) => {
  setTimeout(() => notify(event.name), 100);
  setTimeout(notify, 10);
  return eval("1 + 1");
};

function notify(name) {
  return name;
}
