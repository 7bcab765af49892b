// Drives an exported container through the engine of others, one person after the other.
// Standard input: {"container": ..., "paths": [[answer, ...], ...]}; an answer is what the block takes: a choice,
// a list of choices, a number, or null for a number left out. Standard output: {"faults": ..., "told": [[level, text], ...]}.
const { FlowRunner, createContextDataObjectFor, getFlowStructureErrors, SupportedMode, Contact } =
  require("@floip/flow-runner");
const Ajv = require("ajv").default;

console.info = () => {}; // the engine says there when it waits for an answer
console.warn = () => {}; // and there what its date library thinks of its dates

// Its parser takes most of the time, and reads the same few expressions for each person: each is parsed once.
const parser = require("@floip/expression-parser");
const parse = parser.parse;
const parsed = new Map();
parser.parse = (text) => {
  if (!parsed.has(text)) parsed.set(text, JSON.stringify(parse(text)));
  return JSON.parse(parsed.get(text));
};

const BLOCKS = {
  "MobilePrimitives.Message": "IMessageBlock",
  "MobilePrimitives.NumericResponse": "INumericResponseBlock",
  "MobilePrimitives.SelectOneResponse": "ISelectOneResponseBlock",
  "MobilePrimitives.SelectManyResponse": "ISelectManyResponseBlock",
  "Core.Case": "ICaseBlock",
  "Core.Output": "IOutputBlock",
};

// The whole container against its schema, and each block against the schema of its own type.
function faults(container) {
  const found = (getFlowStructureErrors(container) || []).map((error) => `${error.dataPath} ${error.message}`);
  const checks = {};
  for (const block of container.flows[0].blocks) {
    const name = BLOCKS[block.type];
    if (!name) { found.push(`${block.name}: a type that nobody here knows`); continue; }
    checks[name] = checks[name] || new Ajv().compile(require(`@floip/flow-runner/dist/resources/${name}.json`));
    if (!checks[name](block)) {
      found.push(...checks[name].errors.map((error) => `${block.name}${error.dataPath} ${error.message}`));
    }
  }
  return found;
}

// One person: answers in order, until the flow ends.
async function drive(container, path) {
  const [flow] = container.flows;
  const contact = new Contact();
  contact.groups = [];
  let made = 0;
  const ids = { generate: async () => `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}` };
  const language = flow.languages[0].id;
  const context = await createContextDataObjectFor(
    contact, [], "", "", container.flows, language, SupportedMode.SMS, container.resources, ids);
  const runner = new FlowRunner(context, undefined, ids);
  const left = [...path];
  let cursor = await runner.run();
  while (cursor) {
    const asks = cursor.prompt.config.kind !== "Message";
    if (asks && !left.length) return ["asked for more than we do", cursor.interaction.block_id];
    cursor = await cursor.prompt.fulfill(asks ? left.shift() : null);
  }
  if (left.length) return ["ended before we do", String(left.length)];
  const name = (interaction) => flow.blocks.find((block) => block.uuid === interaction.block_id).name;
  const levels = context.interactions.filter((interaction) => interaction.type === "Core.Output");
  const texts = context.interactions.map(name).filter((block) => block.startsWith("tell_"));
  return [levels.map((interaction) => interaction.value).join(" "), texts.join(" ").replace(/^tell_/, "")];
}

async function main() {
  const { container, paths } = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const told = [];
  for (const path of paths) told.push(await drive(container, path));
  process.stdout.write(JSON.stringify({ faults: faults(container), told }));
}

main();
