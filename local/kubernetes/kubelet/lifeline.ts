/** Names the file descriptor whose end ends a pod's process. Read and removed before the application starts. */
export const lifelineVariable = 'KUBELET_POD_LIFELINE_FD';
