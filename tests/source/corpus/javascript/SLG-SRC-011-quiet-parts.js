exports.handler = async (event, context) => {
  console.log("records", event.Records.length, context.awsRequestId);
  console.log(Object.keys(event));
  const emitted = { event: "started" };
  console.log(JSON.stringify(emitted));
};
