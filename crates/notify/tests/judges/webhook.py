"""Verifies a signed request as its receiver would, with the library `standardwebhooks`: JSON of `secret`, `headers` and
`body` on standard input; exit status 0 if the signature holds."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

given = json.load(sys.stdin)
try:
    told = Webhook(given["secret"]).verify(given["body"], given["headers"])
except WebhookVerificationError as error:
    sys.exit(str(error))
print(json.dumps(told))
