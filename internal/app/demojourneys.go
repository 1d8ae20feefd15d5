package app

// demoJourneys are what the shop always does, beside its goals.
const demoJourneys = `
journeys:
  - id: after-order
    name: After the first order
    begin: {events: Order Completed, when: orders == 1}
    leave: orders >= 2
    horizon: 60d
    kpi: {name: Revenue, events: Order Completed, of: revenue, less: Order Refunded}
    steps:
      - id: how-was-it
        name: How was it?
        send:
          kind: question
          try: 3d
          messages:
            - {id: how-was-it-email, channel: email, appeal: ethos, headline: How was your first order, body: "Did it come as you hoped? Tell us in a word, whatever it is.", next_step: {label: Tell us, url: "https://shop.example/reviews"}}
        otherwise: quiet
      - {id: day, name: A week to themselves, wait: {for: 7d, at: "09:00", days: [tuesday, wednesday, thursday]}}
      - {id: came-by, name: Do they come by?, wait: {events: [page, Product Viewed], at_most: 14d}, otherwise: call-or-not}
      - {id: engaged, name: They came by, end: engaged}
      - {id: call-or-not, name: Call or not, split: [{arm: in-peace, share: 50%, go: quiet}, {arm: by-worth, share: 50%, go: by-value}]}
      - {id: by-value, name: Who is worth a call, branch: [{when: revenue > 80.0, go: look-in}]}
      - {id: quiet, name: Left in peace, end: left-in-peace}
      - {id: look-in, name: Ring them, hand_over: "Ring {{ first_name | default: \"them\" }} and ask how the first order was.", owner: care}
  - id: receipt
    name: Receipt
    transactional: true
    begin: {events: Order Completed, again: 1m}
    steps:
      - id: receipt
        send:
          kind: information
          messages:
            - {id: receipt-email, channel: email, appeal: logos, headline: Your receipt, body: "Thank you. You find every order, and how to send it back, in your account.", next_step: {label: Your orders, url: "https://shop.example/orders"}}
`
