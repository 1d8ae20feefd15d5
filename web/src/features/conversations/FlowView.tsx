import { Background, Controls, Handle, MarkerType, Position, ReactFlow } from '@xyflow/react'
import type { Edge, Node, NodeProps } from '@xyflow/react'
import { useMemo } from 'react'

import type { ConversationStep } from '@api/types'

import { flowLayout, STEP_WIDTH } from '@lib/flowLayout'

import '@xyflow/react/dist/style.css'
import '@ui/Flow.css'

type StepNode = Node<{ step: ConversationStep; current: boolean }, 'step'>

const words: Record<string, string> = { say: 'Says', ask: 'Asks', look_up: 'Looks up', act: 'Does', decide: 'Asks the arbiter for', branch: 'Branches', hand_over: 'Hands over', end: 'Ends' }

const nodeTypes = { step: StepBox }

interface Props {
  steps: ConversationStep[]
  current: string | undefined
  onOpen: (id: string) => void
}

/** A conversation as it flows. Enter or a click opens a step. */
export function FlowView({ steps, current, onOpen }: Props): React.JSX.Element {
  const { nodes, edges } = useMemo(() => drawn(steps, current), [steps, current])
  return (
    <div className="flow" role="group" aria-label="The conversation as it flows">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.1, minZoom: 0.6, maxZoom: 1 }}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        onNodeClick={(_, node) => onOpen(node.id)}
        onSelectionChange={({ nodes: chosen }) => chosen[0] && chosen[0].id !== current && onOpen(chosen[0].id)}
        proOptions={{ hideAttribution: false }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  )
}

function drawn(steps: ConversationStep[], current: string | undefined): { nodes: StepNode[]; edges: Edge[] } {
  const places = flowLayout(steps)
  return {
    nodes: steps.map((step) => ({ id: step.id, type: 'step', position: places.get(step.id) ?? { x: 0, y: 0 }, data: { step, current: step.id === current }, width: STEP_WIDTH, ariaLabel: `${words[step.deed] ?? step.deed}: ${step.text || step.id}` })),
    edges: steps.flatMap((s) =>
      s.leads
        .filter((l) => l.to)
        .map((l, i) => ({
          id: `${s.id} ${i}`,
          source: s.id,
          target: l.to,
          type: 'smoothstep',
          ...(l.why ? { label: l.why, labelShowBg: true } : {}),
          ...(l.why === 'otherwise' ? { className: 'flow-otherwise' } : {}),
          markerEnd: { type: MarkerType.ArrowClosed },
        })),
    ),
  }
}

function StepBox({ data: { step, current } }: NodeProps<StepNode>): React.JSX.Element {
  return (
    <div className={`flow-step flow-${step.deed}`} data-current={current}>
      <Handle type="target" position={Position.Top} />
      <p className="small quiet">
        {words[step.deed]} {step.id.startsWith('step-') ? '' : step.id}
      </p>
      <p className="flow-text">{step.text || (step.deed === 'hand_over' ? 'People take over.' : '')}</p>
      {step.options && step.options.length > 0 && <p className="small quiet">{step.options.map((o) => o.label).join(' · ')}</p>}
      <Handle type="source" position={Position.Bottom} />
    </div>
  )
}
