import { parser } from "./formula.js";

export const handler = async (event: { formula: string }) => {
  const formula = parser.parse(event.formula);
  return parser.eval(formula);
};
