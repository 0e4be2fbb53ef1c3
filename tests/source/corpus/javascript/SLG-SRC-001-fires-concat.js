const mysql = require("mysql2/promise");

exports.handler = async function (event) {
  const connection = await mysql.createConnection({});
  const sql = "DELETE FROM orders WHERE name = '" + event.pathParameters.name + "'";
  await connection.execute(sql); // fires
};
