import escape from "lodash.escaperegexp";

export const handler = async (event: { word: string }) => {
  const word = new RegExp(`^${escape(event.word)}$`);
  return word.test("x") && /^[a-z]+$/.test(event.word) && new RegExp("[a-z]+").test(event.word);
};
