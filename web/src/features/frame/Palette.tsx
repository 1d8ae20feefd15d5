import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Dialog } from 'radix-ui'
import { useState } from 'react'

import { useSignOut } from '@api/mutations'
import { questionsQuery } from '@api/questions'
import { goalsQuery, mapQuery, searchQuery, segmentsQuery, workspaceQuery } from '@api/queries'
import { sourcesQuery } from '@api/sourceQueries'
import { applyTheme, isDark } from '@lib/theme'
import { behindDialog } from '@ui/behindDialog'

import { others, pages } from './pages'

/** Does anything: pages, people, touchpoints, goals, and what can be done. */
export function Palette({ onClose, onLive, onKeys }: { onClose: () => void; onLive: () => void; onKeys: () => void }): React.JSX.Element {
  const [text, setText] = useState('')
  const navigate = useNavigate()
  const signOut = useSignOut()
  const { data: workspace } = useQuery(workspaceQuery)
  const { data: map } = useQuery({ ...mapQuery, refetchInterval: false })
  const { data: goals } = useQuery({ ...goalsQuery, refetchInterval: false })
  const { data: segments } = useQuery({ ...segmentsQuery, refetchInterval: false })
  const { data: questions } = useQuery(questionsQuery)
  const { data: sources } = useQuery({ ...sourcesQuery, refetchInterval: false })
  const { data: found } = useQuery(searchQuery(text))
  const go = (act: () => unknown) => () => {
    onClose()
    void act()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <div className="shade" />
        <Dialog.Content className="palette" {...behindDialog} aria-describedby={undefined}>
          <Dialog.Title className="hidden">Find anything</Dialog.Title>
          <Command label="Find anything" loop>
            <Command.Input value={text} onValueChange={setText} placeholder="A page, a person, a touchpoint, a goal, something to do" />
            <Command.List>
              <Command.Empty>Nothing is called that.</Command.Empty>
              <Command.Group heading="Pages">
                {[...pages, ...others].map((page) => <Item key={page.to} name={page.name} keys={page.keys} onSelect={go(() => navigate({ to: page.to }))} />)}
              </Command.Group>
              {text.trim().length > 1 && (
                <Command.Group heading="People">
                  {found?.people.map((p) => (
                    <Command.Item key={p.id} value={`${p.id} ${text}`} keywords={[p.name]} onSelect={go(() => navigate({ to: '/people/$id', params: { id: p.id } }))}>
                      <span>{p.name}</span>
                      <span className="quiet">{p.email}</span>
                    </Command.Item>
                  ))}
                  <Item name={`Search people for “${text}”`} keys="/" onSelect={go(() => navigate({ to: '/people', search: { query: text } }))} />
                </Command.Group>
              )}
              {text !== '' && (
                <Command.Group heading="Segments">
                  {segments?.segments.map((s) => <Item key={s.id} name={s.name} keys="segment" onSelect={go(() => navigate({ to: '/segments/$id', params: { id: s.id } }))} />)}
                </Command.Group>
              )}
              <Command.Group heading="Goals">
                {goals?.goals.map((g) => <Item key={g.id} name={g.name} onSelect={go(() => navigate({ to: '/goals/$id', params: { id: g.id } }))} />)}
              </Command.Group>
              {text !== '' && (
                <Command.Group heading="On the map">
                  {workspace?.stages.map((s) => <Item key={s.id} name={`People in ${s.name}`} onSelect={go(() => navigate({ to: '/people', search: { stage: s.id } }))} />)}
                  {map?.touchpoints.map((t) => <Item key={t.id} name={t.name} keys={t.channel} onSelect={go(() => navigate({ to: '/map', search: { at: t.id } }))} />)}
                </Command.Group>
              )}
              {text !== '' && (
                <Command.Group heading="Questions">
                  {questions?.questions.map((q) => <Item key={q.id} name={q.name} keys="question" onSelect={go(() => navigate({ to: '/questions', search: { sql: q.sql, kept: q.id } }))} />)}
                </Command.Group>
              )}
              {text !== '' && (
                <Command.Group heading="Sources">
                  {sources?.sources.map((s) => <Item key={s.id} name={s.name} keys="source" onSelect={go(() => navigate({ to: '/sources/$id', params: { id: s.id } }))} />)}
                </Command.Group>
              )}
              <Command.Group heading="Do">
                <Item name="Change the definitions" onSelect={go(() => navigate({ to: '/definitions' }))} />
                <Item name="Ask a question in SQL" onSelect={go(() => navigate({ to: '/questions', search: {} }))} />
                <Item name="Make a source, with a write key" onSelect={go(() => navigate({ to: '/sources', search: { new: 'source' } }))} />
                <Item name="Watch events arrive" onSelect={go(() => navigate({ to: '/live' }))} />
                <Item name="Copy the address of what is shown" onSelect={go(() => navigator.clipboard.writeText(location.href))} />
                <Item name="Show all keys" keys="?" onSelect={go(onKeys)} />
                <Item name="Go live, or stop all" onSelect={go(onLive)} />
                <Item name="Change the theme" onSelect={go(() => applyTheme(isDark() ? 'light' : 'dark'))} />
                <Item name="Sign out" onSelect={go(() => signOut.mutate())} />
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Item({ name, keys, onSelect }: { name: string; keys?: string; onSelect: () => void }): React.JSX.Element {
  return (
    <Command.Item onSelect={onSelect}>
      <span>{name}</span>
      {keys && <kbd>{keys}</kbd>}
    </Command.Item>
  )
}
