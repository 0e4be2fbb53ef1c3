const { pool } = require("./pool");

exports.handler = async (event) => {
  const limit = Number.parseInt(event.queryStringParameters.limit, 10);
  return pool.query(`SELECT * FROM orders LIMIT ${limit}`);
};
