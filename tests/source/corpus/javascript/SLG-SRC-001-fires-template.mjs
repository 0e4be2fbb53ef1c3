import { pool } from "./pool.mjs";

export const handler = async (event) => {
  const { id } = JSON.parse(event.body);
  const { rows } = await pool.query(`SELECT * FROM orders WHERE id = '${id}'`); // fires
  return { statusCode: 200, body: JSON.stringify(rows) };
};
