import yaml from "js-yaml";

export const handler = async (event) => [JSON.parse(event.body), yaml.load(event.more)];
