// Counts billed parts with npm sms-segments-calculator: a JSON list of texts on stdin, [encoding, parts] of each out.
const { SegmentedMessage } = require("sms-segments-calculator");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const counted = texts.map((text) => {
  const message = new SegmentedMessage(text);
  return [message.encodingName, message.segmentsCount];
});
console.log(JSON.stringify(counted));
