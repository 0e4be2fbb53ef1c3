import { Logger } from "@aws-lambda-powertools/logger";

const logger = new Logger();

export const handler = async (event: object) => {
  logger.info("received", { event }); // fires
};
