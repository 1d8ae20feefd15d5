/**
 * Shows the notifications that Rapport sends to browsers. It is a service worker's, which only the company's own site
 * can have: put one file there that says importScripts('https://rapport.shop.example/v1/web/push.js').
 */
self.addEventListener('push', (event) => {
  let message
  try {
    message = event.data.json()
  } catch {
    return // it is somebody else's
  }
  if (message.web_push !== 8030) return
  const { title, navigate, actions = [], ...rest } = message.notification
  const steps = actions.map((a, i) => ({ key: String(i), title: a.title, navigate: a.navigate || navigate }))
  event.waitUntil(
    self.registration.showNotification(title, {
      ...rest, // body, lang, dir, icon and image, as the declarative form names them
      actions: steps.map((s) => ({ action: s.key, title: s.title })),
      data: { navigate, steps },
    }),
  )
})

/** Opens the next step, by the address that tells Rapport of it. */
self.addEventListener('notificationclick', (event) => {
  const { navigate, steps = [] } = event.notification.data || {}
  const to = steps.find((s) => s.key === event.action)?.navigate || navigate
  if (steps.length === 0 && !to) return // somebody else's
  event.notification.close()
  event.waitUntil(self.clients.openWindow(to || '/'))
})
