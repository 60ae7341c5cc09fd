/** For those who may see the composed cloud and none of its planes. */
export { canLimitOpenFiles } from '../kubernetes/kubelet/open-files.ts';
