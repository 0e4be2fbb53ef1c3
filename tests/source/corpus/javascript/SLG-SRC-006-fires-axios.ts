import axios from "axios";

export const handler = async (event: { host: string }) => {
  const answer = await axios.get(`https://${event.host}/status`); // fires
  return answer.data;
};
