import ejs from "ejs";
import Handlebars from "handlebars";

const page = Handlebars.compile("<h1>{{title}}</h1>");

export const handler = async (event) => page({ title: event.title }) + ejs.render("<%= title %>", { title: event.title });
