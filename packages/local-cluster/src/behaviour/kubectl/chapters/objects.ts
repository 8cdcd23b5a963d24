import type { Chapter } from "../transcript.ts";

const shop = (colour: string, extra = "") => `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
  labels: { app: shop }
data:
  colour: ${colour}
${extra}`;

const many = ["one", "two", "three", "four", "five"]
  .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  labels: { many: "yes" }\n`)
  .join("---\n");

/** Objects that nothing acts on: every way to make, read, change and end them. */
export const objects: Chapter = {
  title: "objects",
  files: {
    "shop.yaml": shop("red"),
    "shop-blue.yaml": shop("blue", "  size: large\n"),
    "shop-unknown.yaml": `${shop("red")}colour: red\n`,
    "shop-wrong.yaml": shop("[1, 2]"),
    "many.yaml": many,
    "settings.env": "HOST=example.com\nPORT=8080\n",
    "kustomization.yaml":
      "resources: [many.yaml]\nnamePrefix: made-\nlabels: [{ pairs: { via: kustomize } }]\n",
    "held.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: held, finalizers: [example.com/hold] }\n",
    "json-patch.json": '[{ "op": "replace", "path": "/data/colour", "value": "black" }]',
    "service.yaml": `apiVersion: v1
kind: Service
metadata: { name: front }
spec:
  selector: { app: front }
  ports:
    - { name: http, port: 80 }
    - { name: admin, port: 81, targetPort: 8081 }
`,
    "service-patch.yaml": "spec: { ports: [{ port: 81, targetPort: 9090 }] }",
    "bad-service.yaml":
      "apiVersion: v1\nkind: Service\nmetadata: { name: Bad_Name }\nspec: { ports: [{ port: 70000 }] }\n",
  },
  steps: [
    "kubectl create configmap literal --from-literal=a=1 --from-literal=b=two",
    "kubectl create configmap literal --from-literal=a=1",
    "kubectl create configmap environment --from-env-file=settings.env",
    "kubectl create configmap file --from-file=settings.env",
    "kubectl get configmap literal environment file",
    "kubectl get configmap file -o yaml",
    "kubectl describe configmap file",
    "kubectl create secret generic key --from-literal=password=s3cret",
    "kubectl get secret key -o jsonpath={.data.password}",
    "kubectl describe secret key",
    "kubectl get secrets",
    "kubectl create secret tls broken --cert=missing.pem --key=missing.pem",
    "kubectl create secret docker-registry pull --docker-username=me --docker-password=it --docker-server=example.com",
    "kubectl get secret pull -o jsonpath={.type}",
    "kubectl create serviceaccount robot",
    "kubectl get serviceaccounts",
    "kubectl create token robot --duration=1h",
    "kubectl create token nobody",
    "kubectl create role reader --verb=get,list --resource=pods,configmaps",
    "kubectl create rolebinding readers --role=reader --serviceaccount=NAMESPACE:robot",
    "kubectl get role,rolebinding",
    "kubectl get rolebindings -o wide",
    "kubectl describe rolebinding readers",
    "kubectl create configmap dry --from-literal=a=1 --dry-run=client -o yaml",
    "kubectl create configmap dry --from-literal=a=1 --dry-run=server -o json",
    "kubectl get configmap dry",
    "kubectl create -f shop.yaml",
    "kubectl create -f shop.yaml",
    "kubectl create -f shop-unknown.yaml",
    "kubectl create -f shop-wrong.yaml",
    "kubectl create -f bad-service.yaml",
    "kubectl apply -f shop.yaml",
    "kubectl apply -f shop.yaml",
    "kubectl diff -f shop-blue.yaml",
    "kubectl apply -f shop-blue.yaml --dry-run=server",
    "kubectl apply -f shop-blue.yaml",
    "kubectl diff -f shop-blue.yaml",
    "kubectl apply view-last-applied configmap shop",
    "kubectl apply -f shop.yaml -o yaml",
    "kubectl apply --server-side -f shop-blue.yaml --field-manager=painter",
    "kubectl apply --server-side -f shop-blue.yaml --field-manager=painter --force-conflicts",
    "kubectl apply --server-side -f shop.yaml --field-manager=other",
    "kubectl get configmap shop -o yaml --show-managed-fields",
    "kubectl apply -f many.yaml",
    "kubectl apply -k .",
    "kubectl get configmaps -l via=kustomize",
    "kubectl get configmaps -l many=yes -o name",
    "kubectl get configmaps -l 'many in (yes,no),via notin (kustomize)' -o name",
    "kubectl get configmaps -l '!many' -o name",
    "kubectl get configmaps -l 'many in'",
    "kubectl get configmaps --field-selector metadata.name=one",
    "kubectl get configmaps --field-selector metadata.name!=one -l many=yes,!via -o name",
    "kubectl get configmaps --field-selector data.colour=red",
    "kubectl get configmaps -l many --chunk-size=2",
    "kubectl get configmaps -l many=yes --sort-by=.metadata.name --no-headers",
    "kubectl get configmaps -l many=yes --show-labels",
    "kubectl get configmaps -l many=yes -L many,via",
    "kubectl get configmaps shop -o custom-columns=NAME:.metadata.name,COLOUR:.data.colour",
    "kubectl get configmaps one two -o go-template='{{range .items}}{{.metadata.name}} {{end}}'",
    "kubectl get configmaps one -o jsonpath='{.metadata.labels}'",
    "kubectl get configmaps one missing",
    "kubectl get nonsense",
    {
      run: "kubectl get configmap one -w --output-watch-events",
      until: "MODIFIED",
      meanwhile: ['kubectl patch configmap one -p \'{"data":{"a":"1"}}\''],
    },
    "kubectl label configmap one colour=red",
    "kubectl label configmap one colour=blue",
    "kubectl label configmap one colour=blue --overwrite",
    "kubectl label configmap one colour-",
    "kubectl label configmap one 'bad label=x'",
    "kubectl label configmaps -l many=yes,!via seen=yes",
    "kubectl annotate configmap one note='a word'",
    "kubectl annotate configmap one note=other",
    "kubectl annotate configmap one note-",
    "kubectl annotate configmap one --list",
    'kubectl patch configmap shop --type=merge -p \'{"data":{"colour":"white","size":null}}\'',
    'kubectl patch configmap shop --type=merge -p \'{"data":{"colour":"white"}}\'',
    "kubectl patch configmap shop --type=json --patch-file json-patch.json",
    'kubectl patch configmap shop --type=json -p \'[{"op":"test","path":"/data/colour","value":"pink"}]\'',
    'kubectl patch configmap shop --type=merge -p \'{"data":{"colour":5}}\'',
    'kubectl patch configmap shop -p \'{"metadata":{"name":"other"}}\'',
    "kubectl get configmap shop -o jsonpath={.data}",
    "kubectl create -f service.yaml",
    "kubectl patch service front --patch-file service-patch.yaml -o jsonpath={.spec.ports}",
    'kubectl patch service front -p \'{"spec":{"ports":[{"port":80,"$patch":"delete"}]}}\' -o jsonpath={.spec.ports}',
    "kubectl get service front",
    "kubectl get services -o wide",
    "kubectl set selector service front app=other",
    "kubectl get service front -o yaml",
    'kubectl patch service front -p \'{"spec":{"clusterIP":"10.96.255.1"}}\'',
    { run: "kubectl edit configmap shop", env: { KUBE_EDITOR: "sed -i s/black/green/" } },
    { run: "kubectl edit configmap shop", env: { KUBE_EDITOR: "true" } },
    { run: "kubectl replace -f -", stdin: shop("gold") },
    "kubectl replace --force -f shop.yaml",
    { run: "kubectl apply -f -", stdin: shop("silver") },
    "kubectl events",
    "kubectl create -f held.yaml",
    "kubectl delete configmap held --wait=false",
    "kubectl get configmap held -o jsonpath={.metadata.deletionGracePeriodSeconds},{.metadata.finalizers}",
    "kubectl delete configmap held --timeout=1s",
    'kubectl patch configmap held --type=json -p \'[{"op":"remove","path":"/metadata/finalizers"}]\'',
    { run: "kubectl wait --for=delete configmap/held --timeout=20s", codeOnly: true },
    "kubectl wait --for=jsonpath='{.data.colour}'=silver configmap/shop --timeout=20s",
    "kubectl wait --for=jsonpath='{.data.colour}'=gold configmap/shop --timeout=1s",
    "kubectl wait --for=delete configmap/missing --timeout=5s",
    "kubectl delete configmap missing",
    "kubectl delete configmap missing --ignore-not-found",
    "kubectl delete configmap literal --dry-run=server",
    "kubectl delete configmap literal --cascade=orphan",
    "kubectl delete configmap environment --now",
    { run: "kubectl delete configmaps -l many=yes", unordered: true },
    { run: "kubectl delete -f shop.yaml -f many.yaml --ignore-not-found", unordered: true },
    "kubectl delete service --all",
    "kubectl get configmaps,services",
    "kubectl get configmaps -o json --field-selector metadata.name=nothing",
  ],
};
