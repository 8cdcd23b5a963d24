import type { Chapter } from "../transcript.ts";
import { image } from "./image.ts";

const deployment = (name: string, replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: ${image}
          command: [node, -e, "require('node:http').createServer((q, r) => r.end('hello')).listen(8080)"]
          ports: [{ containerPort: 8080 }]
          resources: { requests: { cpu: 10m, memory: 32Mi } }
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 }
`;

/** Deployments and jobs: from creation over roll-outs to each way of deleting them. */
export const workloads: Chapter = {
  title: "workloads",
  files: {
    "web.yaml": deployment("web", 2),
    "kept.yaml": deployment("kept", 1),
  },
  steps: [
    "kubectl apply -f web.yaml",
    { run: "kubectl rollout status deployment/web --timeout=90s", lastLine: true },
    "kubectl wait --for=condition=Available deployment/web --timeout=60s",
    "kubectl get deployments",
    "kubectl get deployment web -o wide",
    "kubectl get replicasets",
    "kubectl get pods -l app=web",
    "kubectl apply -f web.yaml",
    "kubectl diff -f web.yaml",
    "kubectl describe deployment web",
    "kubectl get deployment web -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}{\"\\n\"}{end}'",
    "kubectl get events --field-selector involvedObject.kind=Deployment,reason=ScalingReplicaSet -o jsonpath={.items[*].message}",
    "kubectl events --for deployment/web",
    "kubectl expose deployment web --port=80 --target-port=8080",
    "kubectl get service web -o jsonpath={.spec.selector},{.spec.ports}",
    "kubectl logs deployment/web --tail=1",
    "kubectl exec deployment/web -- node -p 1+1",
    "kubectl scale deployment web --replicas=3",
    "kubectl rollout status deployment/web --timeout=60s -w=false --revision=5",
    "kubectl wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/web --timeout=60s",
    "kubectl scale deployment web --current-replicas=7 --replicas=1",
    "kubectl scale deployment web --replicas=1",
    "kubectl wait --for=jsonpath='{.status.replicas}'=1 deployment/web --timeout=60s",
    "kubectl get --raw /apis/apps/v1/namespaces/NAMESPACE/deployments/web/scale",
    "kubectl set env deployment/web COLOUR=blue",
    "kubectl set env deployment/web --list",
    { run: "kubectl rollout status deployment/web --timeout=90s", lastLine: true },
    "kubectl annotate deployment web kubernetes.io/change-cause=colour",
    "kubectl rollout history deployment/web",
    "kubectl rollout history deployment/web --revision=2",
    "kubectl rollout history deployment/web --revision=9",
    "kubectl rollout undo deployment/web",
    "kubectl wait --for=jsonpath='{.metadata.annotations.deployment\\.kubernetes\\.io/revision}'=3 deployment/web --timeout=30s",
    "kubectl rollout status deployment/web --timeout=90s -w=false --revision=9",
    { run: "kubectl rollout status deployment/web --timeout=90s", lastLine: true },
    "kubectl get deployment web -o jsonpath={.metadata.generation}",
    "kubectl rollout history deployment/web",
    "kubectl rollout undo deployment/web --to-revision=9",
    "kubectl rollout pause deployment/web",
    "kubectl rollout pause deployment/web",
    "kubectl set image deployment/web main=node:24-bookworm-slim",
    "kubectl set resources deployment/web --limits=memory=256Mi",
    "kubectl get deployment web -o jsonpath={.spec.paused}",
    "kubectl rollout restart deployment/web",
    "kubectl rollout resume deployment/web",
    "kubectl rollout restart deployment/web",
    { run: "kubectl rollout status deployment/web --timeout=90s", lastLine: true },
    "kubectl autoscale deployment web --min=1 --max=3 --cpu-percent=80",
    "kubectl get hpa web -o jsonpath={.spec}",
    "kubectl delete hpa web",
    "kubectl set image deployment/web nothing=x",
    'kubectl patch deployment web -p \'{"spec":{"selector":{"matchLabels":{"app":"other"}}}}\'',
    'kubectl patch deployment web -p \'{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"A","value":"1"}]}]}}}}\' -o jsonpath={.spec.template.spec.containers[0].env}',
    "kubectl scale deployment web --replicas=-1",
    "kubectl create deployment dry --image=node --replicas=2 --dry-run=server -o yaml",
    "kubectl create deployment bad --image=node --replicas=2 --dry-run=server -o name --port=99999",
    "kubectl delete deployment web --cascade=foreground --timeout=60s",
    "kubectl get deployments,replicasets,pods -l app=web",
    "kubectl create -f kept.yaml",
    "kubectl wait --for=condition=Available deployment/kept --timeout=60s",
    "kubectl delete deployment kept --cascade=orphan",
    "kubectl get replicasets -l app=kept",
    "kubectl get replicasets -l app=kept -o jsonpath={.items[*].metadata.ownerReferences}",
    "kubectl create -f kept.yaml",
    "kubectl wait --for=condition=Available deployment/kept --timeout=60s",
    "kubectl get replicasets -l app=kept -o jsonpath={.items[*].metadata.ownerReferences[*].kind}",
    "kubectl delete deployment kept",
    { run: "kubectl wait --for=delete pods -l app=kept --timeout=60s", codeOnly: true },
    `kubectl create job sum --image=${image} -- node -p 1+2`,
    "kubectl wait --for=condition=Complete job/sum --timeout=60s",
    "kubectl logs job/sum",
    "kubectl get job sum",
    "kubectl get job sum -o jsonpath={.status.succeeded},{.spec.backoffLimit},{.spec.completions}",
    `kubectl create cronjob nightly --image=${image} --schedule='0 3 * * *' -- node -p 1`,
    "kubectl get cronjob nightly",
    "kubectl create job now --from=cronjob/nightly",
    "kubectl wait --for=condition=Complete job/now --timeout=60s",
    "kubectl get job now -o jsonpath={.metadata.annotations},{.metadata.ownerReferences[0].kind}",
    'kubectl patch cronjob nightly -p \'{"spec":{"suspend":true}}\'',
    "kubectl get cronjobs",
    `kubectl create cronjob wrong --image=${image} --schedule='every day'`,
    `kubectl create job failing --image=${image} --dry-run=client -o yaml -- node -e 'process.exit(1)'`,
    { run: "kubectl delete jobs,cronjobs --all", unordered: true },
    { run: "kubectl wait --for=delete pods --all --timeout=60s", codeOnly: true },
    "kubectl get all",
  ],
};
