// Draws the description that the page names, with the viewer that the page loaded.
const place = document.getElementById("described");

// Every $ref in its place, as the viewer wants it; the same object wherever it is named.
function whole(document) {
  const known = new Map();
  const at = (path) => path.slice(2).split("/").reduce((each, step) => each[step.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  const walk = (value) => {
    while (value && typeof value.$ref === "string") value = at(value.$ref);
    if (value === null || typeof value !== "object") return value;
    if (known.has(value)) return known.get(value);
    const made = Array.isArray(value) ? [] : {};
    known.set(value, made);
    for (const [name, each] of Object.entries(value)) made[name] = walk(each);
    return made;
  };
  return walk(document);
}

function drawEvents(found) {
  const schema = whole(found);
  for (const part of [schema.channels, schema.operations, schema.components.messages])
    for (const [name, each] of Object.entries(part)) each["x-parser-unique-object-id"] = name;
  Object.assign(schema, { "x-parser-spec-parsed": true, "x-parser-api-version": 3 });
  AsyncApiStandalone.render({ schema, config: { show: { sidebar: false, errors: false }, expand: { messageExamples: false } } }, place);
}

fetch(place.dataset.file).then((answer) => answer.json()).then((found) => {
  if (place.dataset.what === "events") drawEvents(found);
  else SwaggerUIBundle({ spec: found, domNode: place, supportedSubmitMethods: [], docExpansion: "list", validatorUrl: null });
});
