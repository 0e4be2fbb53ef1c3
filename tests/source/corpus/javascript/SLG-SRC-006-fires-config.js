const axios = require("axios");

exports.handler = async (event) => axios({ method: "get", url: event.url }); // fires
