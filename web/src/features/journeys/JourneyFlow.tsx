import { Background, Controls, Handle, MarkerType, Position, ReactFlow } from '@xyflow/react'
import type { Edge, Node, NodeProps } from '@xyflow/react'
import { useMemo } from 'react'

import type { Journey, JourneyStep } from '@api/types'
import { flowLayout, STEP_WIDTH } from '@lib/flowLayout'
import { formatNumber } from '@lib/formatNumber'
import { Door } from '@ui/Door'

import '@xyflow/react/dist/style.css'
import '@ui/Flow.css'

type StepNode = Node<{ step: JourneyStep; journey: string }, 'step'>

const words: Record<string, string> = { send: 'Sends', wait: 'Waits', branch: 'Branches', split: 'Splits', hand_over: 'Hands over', end: 'Ends' }

const nodeTypes = { step: StepBox }

const ROW = 176 // a step with its people
const TALL = 720

/** A journey as it flows, with the people who came to each step and who are there. */
export function JourneyFlow({ journey }: { journey: Journey }): React.JSX.Element {
  const { nodes, edges, height } = useMemo(() => drawn(journey), [journey])
  return (
    <div className="flow" style={{ height }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.08, minZoom: 0.5, maxZoom: 1 }}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: false }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  )
}

function drawn(j: Journey): { nodes: StepNode[]; edges: Edge[]; height: number } {
  const places = flowLayout(j.steps, ROW)
  const rows = Math.max(0, ...[...places.values()].map((p) => p.y / ROW)) + 1
  return {
    height: Math.min(TALL, rows * ROW + 40),
    nodes: j.steps.map((step) => ({ id: step.id, type: 'step', position: places.get(step.id) ?? { x: 0, y: 0 }, data: { step, journey: j.id }, width: STEP_WIDTH })),
    edges: j.steps.flatMap((s) =>
      s.leads
        .filter((l) => l.to)
        .map((l, i) => ({
          id: `${s.id} ${i}`,
          source: s.id,
          sourceHandle: (places.get(l.to)?.y ?? 0) - (places.get(s.id)?.y ?? 0) > ROW ? 'side' : 'down',
          target: l.to,
          type: 'smoothstep',
          label: [l.why, l.people > 0 ? formatNumber(l.people) : ''].filter(Boolean).join(' · '),
          labelShowBg: true,
          ...(l.why === 'otherwise' ? { className: 'flow-otherwise' } : {}),
          markerEnd: { type: MarkerType.ArrowClosed },
        })),
    ),
  }
}

function StepBox({ data: { step: s, journey } }: NodeProps<StepNode>): React.JSX.Element {
  const who = (stride: string) => ({ journey, stride, step: s.id })
  return (
    <div className={`flow-step flow-${s.kind}`}>
      <Handle type="target" position={Position.Top} />
      <p className="small quiet">
        {words[s.kind] ?? s.kind}
        {s.channels.length > 0 && ` by ${s.channels.join(', ')}`}
        {s.weighed && ', weighed'}
      </p>
      <p className="flow-name">{s.name}</p>
      {s.text && s.text !== s.name && <p className="small flow-text">{s.text}</p>}
      <p className="small flow-people nopan">
        <span>
          <Door who={who('arrived')} count={s.arrived} label={`people came to ${s.name}`} /> came
        </span>
        {s.here > 0 && (
          <span>
            <Door who={who('here')} count={s.here} label={`people at ${s.name} now`} /> there now
          </span>
        )}
        {s.kind === 'send' && (
          <span>
            <Door who={who('sent')} count={s.sent} label={`people who were sent ${s.name}`} /> sent
          </span>
        )}
        {s.not_sent > 0 && (
          <span>
            <Door who={who('not_sent')} count={s.not_sent} label={`people who were not sent ${s.name}`} /> not
          </span>
        )}
      </p>
      <Handle type="source" id="down" position={Position.Bottom} />
      <Handle type="source" id="side" position={Position.Right} />
    </div>
  )
}
