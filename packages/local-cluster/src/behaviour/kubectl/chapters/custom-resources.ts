import type { Chapter } from "../transcript.ts";

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.transcript.example.com }
spec:
  group: transcript.example.com
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gd], categories: [toys] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas }
      additionalPrinterColumns:
        - { name: Colour, type: string, jsonPath: .spec.colour }
        - { name: Replicas, type: integer, jsonPath: .spec.replicas }
        - { name: Note, type: string, jsonPath: .spec.note, priority: 1 }
        - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
      schema:
        openAPIV3Schema:
          type: object
          description: A gadget of the transcript.
          required: [spec]
          properties:
            spec:
              type: object
              required: [colour]
              x-kubernetes-validations:
                - { rule: "self.replicas <= self.limit", message: more replicas than the limit }
              properties:
                colour: { type: string, enum: [red, blue], description: What it looks like. }
                replicas: { type: integer, default: 1, minimum: 0 }
                limit: { type: integer, default: 5 }
                note: { type: string, maxLength: 10, nullable: true }
                size: { x-kubernetes-int-or-string: true }
                parts:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties: { name: { type: string }, count: { type: integer } }
            status:
              type: object
              properties: { replicas: { type: integer }, phase: { type: string } }
`;

const gadget = (spec: string, name = "lamp") =>
  `apiVersion: transcript.example.com/v1\nkind: Gadget\nmetadata: { name: ${name} }\nspec: ${spec}\n`;

/** A kind of one's own, from its definition to its end. */
export const customResources: Chapter = {
  title: "custom resources",
  files: {
    "crd.yaml": crd,
    "bad-crd.yaml": crd.replace("colour: { type: string,", "colour: {").replace("gadgets.tr", "wrong.tr"),
    "lamp.yaml": gadget("{ colour: red, parts: [{ name: a, count: 1 }] }"),
    "lamp-blue.yaml": gadget("{ colour: blue, note: dim, parts: [{ name: b, count: 2 }] }"),
    "wrong.yaml": gadget("{ colour: green, replicas: many, note: far too long a note }", "wrong"),
    "rule.yaml": gadget("{ colour: red, replicas: 9 }", "rule"),
    "unknown.yaml": gadget("{ colour: red, shape: round }", "unknown"),
    "twice.yaml": gadget("{ colour: red, parts: [{ name: a }, { name: a }] }", "twice"),
  },
  steps: [
    "kubectl apply -f bad-crd.yaml",
    "kubectl apply -f lamp.yaml",
    "kubectl apply -f crd.yaml",
    "kubectl wait --for=condition=Established crd/gadgets.transcript.example.com --timeout=30s",
    "kubectl get crd gadgets.transcript.example.com",
    "kubectl get crd gadgets.transcript.example.com -o jsonpath='{.status.storedVersions},{range .status.conditions[*]}{.type}={.status} {end}'",
    { run: "kubectl explain gadget.spec.colour", eventually: true },
    "kubectl api-resources --api-group=transcript.example.com -o wide",
    "kubectl get gadgets",
    "kubectl explain gadget.spec",
    "kubectl apply -f lamp.yaml",
    "kubectl apply -f lamp.yaml",
    "kubectl get gd",
    "kubectl get gd -o wide",
    "kubectl get toys -o name",
    "kubectl get gadget lamp -o yaml",
    "kubectl diff -f lamp-blue.yaml",
    "kubectl apply -f lamp-blue.yaml",
    "kubectl describe gadget lamp",
    { run: "kubectl create -f wrong.yaml", unordered: true },
    "kubectl create -f rule.yaml",
    "kubectl create -f unknown.yaml",
    "kubectl create -f unknown.yaml --validate=warn",
    "kubectl create -f twice.yaml",
    "kubectl apply --server-side -f lamp.yaml --field-manager=other",
    "kubectl apply --server-side -f lamp.yaml --field-manager=other --force-conflicts",
    "kubectl get gadget lamp -o jsonpath={.spec.parts}",
    'kubectl patch gadget lamp -p \'{"spec":{"note":"x"}}\'',
    'kubectl patch gadget lamp --type=merge -p \'{"spec":{"note":"bright","size":"5%"}}\'',
    'kubectl patch gadget lamp --type=merge -p \'{"spec":{"size":7}}\' -o jsonpath={.spec.size}',
    'kubectl patch gadget lamp --type=merge -p \'{"spec":{"replicas":6}}\'',
    'kubectl patch gadget lamp --type=json -p \'[{"op":"remove","path":"/spec/note"}]\'',
    'kubectl patch gadget lamp --subresource=status --type=merge -p \'{"status":{"phase":"On","replicas":3},"spec":{"colour":"red"}}\'',
    "kubectl get gadget lamp -o jsonpath={.status},{.metadata.generation}",
    "kubectl wait --for=jsonpath='{.status.phase}'=On gadget/lamp --timeout=10s",
    "kubectl scale gadget lamp --replicas=3",
    "kubectl get gadget lamp --subresource=scale -o yaml",
    "kubectl label gadget lamp tier=one",
    { run: "kubectl edit gadget lamp", env: { KUBE_EDITOR: "sed -i s/replicas:.3/replicas:.2/" } },
    "kubectl get gadgets --sort-by=.spec.replicas",
    "kubectl get gadget -l tier=one -o name",
    "kubectl replace -f lamp.yaml",
    "kubectl delete gadget unknown",
    'kubectl patch gadget lamp --type=merge -p \'{"metadata":{"finalizers":["example.com/hold"]}}\'',
    "kubectl delete crd gadgets.transcript.example.com --wait=false",
    "kubectl wait --for=condition=Terminating crd/gadgets.transcript.example.com --timeout=20s",
    "kubectl get gadget lamp -o jsonpath={.metadata.finalizers}",
    'kubectl patch gadget lamp --type=merge -p \'{"metadata":{"finalizers":null}}\'',
    { run: "kubectl wait --for=delete crd/gadgets.transcript.example.com --timeout=30s", codeOnly: true },
    "kubectl get gadgets",
  ],
};
