import { type Cluster, findClusterIfAny } from "../cluster.ts";
import { namespaceFlags } from "../cluster-flags.ts";
import {
  type Arguments,
  type Command,
  type Completion,
  defineCommand,
  type Flags,
  type Input,
} from "../command.ts";
import { dryRunOf, writeFlags } from "../commands/function/function-flags.ts";
import { findCondition } from "../function/function-object.ts";
import {
  createObject,
  deleteObject,
  getObject,
  type KindWords,
  listObjects,
  updateObject,
} from "../objects.ts";
import { formatAge } from "../output/age.ts";
import { renderConditions } from "../output/conditions.ts";
import { formats, printFormatted } from "../output/format.ts";
import { renderRecord } from "../output/record.ts";
import { createStyle } from "../output/style.ts";
import { renderTable } from "../output/table.ts";
import type { World } from "../world.ts";
import {
  checkTrigger,
  newTrigger,
  type TriggerKind,
  type TriggerObject,
  triggerKinds,
} from "./trigger-object.ts";

type FlagsOf<F extends Flags> = Input<Arguments, F>["flags"];

/** What one kind of trigger adds to the five commands that every kind has. */
export interface TriggerDefinition<F extends Flags> {
  readonly kind: TriggerKind;
  /** What `create` and `update` take; on `update` every one is optional. */
  readonly flags: F;
  /** Which of them `create` cannot do without. */
  readonly required: readonly (keyof F & string)[];
  readonly examples: { readonly create: Command["examples"]; readonly update: Command["examples"] };
  /** The spec with what the flags say; what they do not say stays as it is. */
  readonly change: (
    spec: TriggerObject["spec"],
    flags: FlagsOf<F>,
    place: Place,
  ) => Promise<TriggerObject["spec"]>;
  /** What `create` fills in where nothing is said. */
  readonly complete?: (spec: TriggerObject["spec"], place: Place) => Promise<TriggerObject["spec"]>;
  readonly columns: readonly Column[];
  /** What `describe` shows beside the columns of `list`. */
  readonly details?: readonly Column[];
  readonly names: Completion;
}

interface Column {
  readonly header: string;
  /** Empty: nothing to show. */
  readonly cell: (trigger: TriggerObject) => string;
}

export interface Place {
  readonly cluster: Cluster;
  readonly world: World;
}

export interface TriggerCommands {
  readonly create: Command;
  readonly update: Command;
  readonly delete: Command;
  readonly list: Command;
  readonly describe: Command;
}

/** The five commands of a kind. */
export function defineTriggerCommands<const F extends Flags>(
  definition: TriggerDefinition<F>,
): TriggerCommands {
  const words: KindWords = {
    kind: triggerKinds[definition.kind].kind,
    command: `kubeless trigger ${definition.kind}`,
  };
  return {
    create: defineCreate(definition, words) as Command,
    update: defineUpdate(definition, words) as Command,
    delete: defineDelete(definition, words) as Command,
    list: defineList(definition, words) as Command,
    describe: defineDescribe(definition, words) as Command,
  };
}

function defineCreate<F extends Flags>(definition: TriggerDefinition<F>, words: KindWords) {
  const { kind, required, examples } = definition;
  const own = Object.fromEntries(
    Object.entries(definition.flags).map(([name, flag]) => [
      name,
      required.includes(name) ? { ...flag, required: true } : flag,
    ]),
  );
  return defineCommand({
    arguments: { name: { description: "The name the trigger gets", required: true } },
    flags: { ...namespaceFlags, ...writeFlags, ...own },
    examples: examples.create,
    run: async ({ arguments: { name }, flags }, world) => {
      const dryRun = dryRunOf(flags);
      const cluster = dryRun === "client" ? await findClusterIfAny(flags, world) : await world.connect(flags);
      const place = { cluster, world };
      const changed = await definition.change({}, flags as unknown as FlagsOf<F>, place);
      const spec = (await definition.complete?.(changed, place)) ?? changed;
      const object = newTrigger(kind, cluster.namespace, name, spec);
      checkTrigger(object);
      const made = await createObject(triggerKinds[kind], object, words, {
        cluster,
        world,
        dryRun,
        output: flags.output,
      });
      if (made === undefined) return;
      const suffix = flags.namespace === undefined ? "" : ` -n ${cluster.namespace}`;
      await world.stderr.write(
        `${words.kind} ${name} created. See how it does: ${world.program} trigger ${kind} describe ${name}${suffix}\n`,
      );
    },
  });
}

function defineUpdate<F extends Flags>(definition: TriggerDefinition<F>, words: KindWords) {
  return defineCommand({
    description: "Only what is given changes.",
    arguments: { name: { description: "The trigger", required: true, complete: definition.names } },
    flags: { ...namespaceFlags, ...writeFlags, ...definition.flags },
    examples: definition.examples.update,
    run: async ({ arguments: { name }, flags }, world) => {
      const cluster = await world.connect(flags);
      const given = flags as unknown as FlagsOf<F>;
      const common = flags as unknown as FlagsOf<typeof writeFlags>;
      const request = { cluster, world, dryRun: dryRunOf(common), output: common.output };
      const change = async (current: TriggerObject) => {
        const changed = {
          ...current,
          spec: await definition.change(current.spec, given, { cluster, world }),
        };
        checkTrigger(changed, current);
        return changed;
      };
      const written = await updateObject(triggerKinds[definition.kind], name, change, words, request);
      if (written !== undefined) await world.stderr.write(`${words.kind} ${name} updated\n`);
    },
  });
}

function defineDelete<F extends Flags>({ kind, names }: TriggerDefinition<F>, words: KindWords) {
  return defineCommand({
    arguments: { name: { description: "The trigger", required: true, complete: names } },
    flags: namespaceFlags,
    examples: [],
    run: async ({ arguments: { name }, flags }, world) => {
      await deleteObject(triggerKinds[kind], name, words, await world.connect(flags), world);
    },
  });
}

const outputFlag = {
  output: { type: "string", short: "o", aliases: ["out"], choices: formats, description: "Another format" },
} as const satisfies Flags;

function defineList<F extends Flags>({ kind, columns, names }: TriggerDefinition<F>, words: KindWords) {
  return defineCommand({
    arguments: { names: { description: "Only these triggers", variadic: true, complete: names } },
    flags: { ...namespaceFlags, ...outputFlag },
    examples: [],
    run: async ({ arguments: { names: wanted }, flags }, world) => {
      const found = await listObjects(triggerKinds[kind], words, await world.connect(flags), wanted);
      if (await printFormatted(world.stdout, flags.output, found)) return;
      const wide = flags.output === "wide";
      const headers = [
        "NAME",
        "NAMESPACE",
        ...columns.map(({ header }) => header),
        "STATUS",
        ...(wide ? ["AGE"] : []),
      ];
      const rows = found.map((trigger) => [
        trigger.metadata.name,
        trigger.metadata.namespace ?? "",
        ...columns.map(({ cell }) => cell(trigger)),
        describeStatus(trigger),
        ...(wide ? [formatAge(trigger.metadata.creationTimestamp, world.now())] : []),
      ]);
      await world.stdout.write(renderTable(headers, rows, world.stdout));
    },
  });
}

function defineDescribe<F extends Flags>(
  { kind, columns, details = [], names }: TriggerDefinition<F>,
  words: KindWords,
) {
  return defineCommand({
    arguments: { name: { description: "The trigger", required: true, complete: names } },
    flags: { ...namespaceFlags, ...outputFlag },
    examples: [],
    run: async ({ arguments: { name }, flags }, world) => {
      const cluster = await world.connect(flags);
      const found = await getObject(triggerKinds[kind], name, words, cluster);
      if (await printFormatted(world.stdout, flags.output, found)) return;
      const style = createStyle(world.stdout, world.environment);
      const rows = [...columns, ...details].map(
        ({ header, cell }) => [sentenceCase(header), cell(found)] as const,
      );
      const head = [
        ["Name", name],
        ["Namespace", cluster.namespace],
        ["Status", describeStatus(found)],
      ] as const;
      await world.stdout.write(renderRecord([...head, ...rows], style));
      const conditions = found.status?.conditions ?? [];
      if (conditions.length === 0) return;
      await world.stdout.write(
        `${style.bold("Conditions:")}\n${renderConditions(conditions, world.now(), style)}`,
      );
    },
  });
}

/** `READY`, `NOT READY: FunctionNotFound`. */
function describeStatus(trigger: TriggerObject): string {
  const ready = findCondition(trigger, "Ready");
  if (ready === undefined) return "NOT READY: no controller has seen it yet";
  return ready.status === "True" ? "READY" : `NOT READY: ${ready.reason ?? "NotReady"}`;
}

/** What was given, under the names the spec has for it. */
export function present(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** `FUNCTION NAME` as `Function name`; `URL` as it is. */
function sentenceCase(header: string): string {
  return header.length <= 3 ? header : header.charAt(0) + header.slice(1).toLowerCase();
}
