const names: Record<string, string> = {
  email: 'E-mail',
  sms: 'SMS',
  whatsapp: 'WhatsApp',
  push: 'Push',
  'web-push': 'Web push',
  web: 'Web',
  voice: 'Phone',
  webhook: 'Webhook',
  slack: 'Slack',
  telegram: 'Telegram',
}

/** How people call a channel; a slot is called by its id. */
export const channelName = (id: string): string => names[id] ?? id
