const client = connect({ user: "app", password: "hunter2!" }); // fires

export const handler = async () => client;

function connect(options) {
  return options;
}
