import ejs from "ejs";

export const handler = async (event) => {
  const page = "<h1>" + event.title + "</h1>";
  return ejs.render(page, {}); // fires
};
