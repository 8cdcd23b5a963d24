import type { Chapter } from "../transcript.ts";
import { image } from "./image.ts";

const program =
  "require('node:http').createServer((q, r) => { console.log('asked ' + q.url); r.end('path ' + q.url) }).listen(8080, () => console.log('listening'))";

const web = `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{ name: scratch, emptyDir: {} }]
  containers:
    - name: main
      image: ${image}
      command: [node, -e, "${program}"]
      env: [{ name: GREETING, value: hello }]
      ports: [{ containerPort: 8080 }]
      volumeMounts: [{ name: scratch, mountPath: /scratch }]
      readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 }
    - name: side
      image: ${image}
      command: [node, -e, "console.log('beside'); setInterval(() => {}, 1000)"]
`;

const failing = `apiVersion: v1
kind: Pod
metadata: { name: failing }
spec:
  restartPolicy: Never
  initContainers:
    - { name: first, image: "${image}", command: [node, -e, "console.log('first')"] }
  containers:
    - { name: main, image: "${image}", command: [node, -e, "console.log('one'); console.error('two'); process.exit(3)"] }
`;

/**
 * Pods that run: logs, commands in them, files and ports to and from them. The node is drained in a dry run only,
 * and by a label that is this run's own: others use the cluster too.
 */
export const pods: Chapter = {
  title: "pods",
  files: { "web.yaml": web, "failing.yaml": failing, "note.txt": "a note\n" },
  steps: [
    "kubectl apply -f web.yaml",
    "kubectl wait --for=condition=Ready pod/web --timeout=60s",
    "kubectl get pods",
    "kubectl get pod web -o jsonpath={.status.phase},{.status.qosClass},{.status.containerStatuses[*].ready}",
    "kubectl get pods --field-selector status.phase=Running -o name",
    "kubectl get pods --field-selector spec.nodeName=NODE -o name",
    "kubectl get pods --field-selector status.phase!=Running",
    "kubectl logs web -c side",
    "kubectl logs web --tail=-1 -c main --limit-bytes=9",
    "kubectl logs web -c side --timestamps",
    "kubectl logs web --all-containers --since=1h --prefix -c side",
    "kubectl logs web -c nothing",
    "kubectl logs nothing",
    "kubectl logs web -c side -p",
    { run: "kubectl logs -f web -c side", until: "beside" },
    "kubectl exec web -c main -- node -p 'process.env.GREETING'",
    "kubectl exec web -c main -- node -e 'process.exit(7)'",
    "kubectl exec web -c main -- node -e 'console.error(1)'",
    { run: "kubectl exec -i web -c main -- cat", stdin: "through\n" },
    "kubectl exec web -c main -- no-such-program",
    "kubectl exec web -c nothing -- cat",
    "kubectl exec web -- node -p 1",
    "kubectl exec nothing -- cat",
    "kubectl cp note.txt web:/scratch/note.txt -c main",
    "kubectl exec web -c main -- cat /scratch/note.txt",
    "kubectl cp web:/scratch/note.txt back.txt -c main",
    "cat back.txt",
    "kubectl cp web:/scratch/none.txt none.txt -c main",
    { run: "kubectl port-forward pod/web :8080", until: "Forwarding from", fetch: "/forwarded" },
    "kubectl get --raw /api/v1/namespaces/NAMESPACE/pods/web:8080/proxy/proxied?x=1",
    "kubectl expose pod web --port=80 --target-port=8080",
    "kubectl wait --for=jsonpath='{.endpoints[0].conditions.ready}'=true endpointslice -l kubernetes.io/service-name=web --timeout=30s",
    "kubectl get --raw /api/v1/namespaces/NAMESPACE/services/web:80/proxy/served",
    { run: "kubectl port-forward service/web :80", until: "Forwarding from", fetch: "/service" },
    "kubectl get endpointslices -l kubernetes.io/service-name=web",
    "kubectl delete service web",
    "kubectl label pod web tier=front",
    'kubectl patch pod web -p \'{"spec":{"terminationGracePeriodSeconds":5}}\'',
    `kubectl run once --image=${image} --restart=Never --command -- node -p 6*7`,
    "kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/once --timeout=60s",
    "kubectl logs once",
    "kubectl get pod once",
    `kubectl run dry --image=${image} --dry-run=client -o yaml`,
    {
      run: `kubectl run typed --image=${image} --restart=Never --rm -i --command -- node -e process.stdin.pipe(process.stdout)`,
      stdin: "typed\n",
    },
    "kubectl apply -f failing.yaml",
    "kubectl wait --for=jsonpath='{.status.phase}'=Failed pod/failing --timeout=60s",
    "kubectl get pod failing",
    "kubectl get pod failing -o jsonpath={.status.containerStatuses[0].state.terminated.exitCode},{.status.containerStatuses[0].state.terminated.reason},{.status.initContainerStatuses[0].state.terminated.reason}",
    "kubectl logs failing -c first",
    // Its two streams are two pipes: which line comes first is not told.
    { run: "kubectl logs failing", unordered: true },
    "kubectl events --for pod/failing --types=Warning",
    "kubectl delete pod failing once",
    "kubectl label pod web transcript=NAMESPACE",
    "kubectl drain NODE --pod-selector=transcript=NAMESPACE --force --ignore-daemonsets --delete-emptydir-data --dry-run=server",
    "kubectl delete pod web",
    "kubectl get pods",
    "kubectl apply -f web.yaml",
    "kubectl delete pod web --grace-period=0 --force",
    `kubectl run idle --image=${image} --command -- node -e 'setInterval(() => {}, 1000)'`,
    "kubectl delete pod idle --now --wait",
    "kubectl get pods",
  ],
};
