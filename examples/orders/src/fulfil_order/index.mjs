// Placeholder: the deployment is what this example shows.
export const handler = async () => {
  throw new Error("not implemented");
};
