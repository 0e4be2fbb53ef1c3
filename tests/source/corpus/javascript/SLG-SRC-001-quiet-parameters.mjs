import { pool } from "./pool.mjs";

export const handler = async (event) => {
  const { id } = JSON.parse(event.body);
  const { rows } = await pool.query("SELECT * FROM orders WHERE id = $1", [id]);
  const more = await pool.query({ text: "SELECT * FROM items WHERE id = $1", values: [id] });
  return { rows, more };
};
