const Handlebars = require("handlebars");

exports.handler = async (event) => Handlebars.compile(event.template)({}); // fires
