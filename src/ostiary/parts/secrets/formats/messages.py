"""Mail, chat, telephony, social networks and marketing: the forms of their keys."""

from __future__ import annotations

from typing import Final

from ostiary.parts.secrets.formats.format import Format, Named

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

FORMATS: Final = (
    Format("slack-token", "Slack token", r"xox[abopr]-(?:\d-)?(?:\d{8,14}-){1,4}[A-Za-z0-9-]{16,80}", 5),
    Format("slack-token", "Slack legacy token", r"xox[os]-\d-\d{4,14}-\d{4,14}-[0-9a-f]{10,64}", 5),
    Format("slack-legacy-token", "Slack workspace token", r"xox[ar]-(?:\d-)?[0-9A-Za-z]{16,48}", 5),
    Format("slack-config-token", "Slack configuration token", r"xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{140,180}", 5),
    Format("slack-app-token", "Slack app token", r"xapp-\d-[A-Z0-9]{8,14}-\d{10,14}-[0-9a-f]{60,70}", 5),
    Format("twilio-key", "Twilio API key id", r"SK[0-9a-f]{32}", 2),
    Format("sendgrid-key", "SendGrid API key", r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}", 3),
    Format("mailgun-key", "Mailgun API key", r"key-[0-9a-f]{32}", 4),
    Format("mailchimp-key", "Mailchimp API key", r"[0-9a-f]{32}-us\d{1,2}", 0, anchor="-us"),
    Format("mandrill-key", "Mandrill key", r"md-[A-Za-z0-9_-]{22}", 3),
    Format("brevo-key", "Brevo key", r"x(?:keysib|smtpsib)-[0-9a-f]{64}-[A-Za-z0-9]{16}", 8),
    Format("resend-key", "Resend key", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", 3),
    Format("mailersend-token", "MailerSend token", r"mlsn\.[0-9a-f]{64}", 5),
    Format("telegram-bot-token", "Telegram bot token", r"(?:bot)?\d{8,10}:AA[A-Za-z0-9_-]{33}", 0, anchor=":AA"),
    Format("discord-bot-token", "Discord bot token", r"[MNO][DTjz][A-Za-z0-9_-]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}", 0),
    Format("firebase-server-key", "Firebase Cloud Messaging server key", r"AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{134}", 4, anchor=":APA91b"),
    Format("facebook-token", "Facebook access token", r"EAA(?:[A-Z]|CEdEose0cBA)[A-Za-z0-9]{80,260}", 3),
    Format("instagram-token", "Instagram token", r"IGQV[A-Za-z0-9_-]{100,260}", 4),
    Format("twitter-bearer", "X (Twitter) bearer token", r"AAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{60,124}", 20),
    Format("linkedin-secret", "LinkedIn client secret", r"WPL_AP[01]\.[A-Za-z0-9.]{16,40}={0,2}", 8),
    Format("hubspot-token", "HubSpot private app token", r"pat-(?:na|eu|ap)\d-" + _UUID, 8),
    Format("pubnub-secret", "PubNub secret key", r"sec-c-[A-Za-z0-9+/]{40,60}={0,2}", 6, anchor="sec-c-"),
    Format("onesignal-key", "OneSignal key", r"os_v2_(?:app|org)_[a-z2-7]{90,110}", 10),
    Format("courier-key", "Courier key", r"pk_prod_[A-Z0-9]{28}", 8),
    Format("mapbox-secret-token", "Mapbox secret token", r"sk\.eyJ[A-Za-z0-9_-]{60,120}\.[A-Za-z0-9_-]{22}", 3),
    Format("mapbox-public-token", "Mapbox public token", r"pk\.eyJ[A-Za-z0-9_-]{60,120}\.[A-Za-z0-9_-]{22}", 3, public=True),
    Format("customerio-key", "Customer.io app key", r"cio_app_[A-Za-z0-9]{30,40}", 8),
    Format("klaviyo-key", "Klaviyo private key", r"pk_[0-9a-f]{34}", 3),
    Format("segment-token", "Segment public API token", r"sgp_[A-Za-z0-9]{64}", 4),
)  # fmt: skip

NAMED: Final = (
    Named("twilio-auth-token", "Twilio auth token", r"twilio", r"[0-9a-f]{32}"),
    Named("ably-key", "Ably key", r"ably", r"[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{6}:[A-Za-z0-9_-]{43}"),
    Named("mailgun-secret", "Mailgun key", r"mailgun", r"[0-9a-f]{32}(?:-[0-9a-f]{8}-[0-9a-f]{8})?|pubkey-[0-9a-f]{32}"),
    Named("postmark-token", "Postmark token", r"postmark", _UUID),
    Named("mailjet-secret", "Mailjet secret", r"mailjet", r"[0-9a-f]{32}"),
    Named("sparkpost-key", "SparkPost key", r"sparkpost", r"[0-9a-f]{40}"),
    Named("pusher-secret", "Pusher secret", r"pusher", r"[0-9a-f]{20}"),
    Named("discord-secret", "Discord client secret", r"discord", r"[A-Za-z0-9_=-]{32}|[0-9a-f]{64}"),
    Named("facebook-secret", "Facebook app secret", r"facebook|(?:^|_)fb_|meta_app|instagram", r"[0-9a-f]{32}"),
    Named("twitter-secret", "X (Twitter) secret", r"twitter|(?:^|_)x_(?:api|consumer|access)", r"[A-Za-z0-9]{45,50}|\d{10,25}-[A-Za-z0-9]{20,45}|[A-Za-z0-9]{25}"),
    Named("linkedin-client-secret", "LinkedIn client secret", r"linkedin", r"[A-Za-z0-9]{14,16}"),
    Named("spotify-secret", "Spotify secret", r"spotify", r"[0-9a-f]{32}"),
    Named("twitch-secret", "Twitch secret", r"twitch", r"[a-z0-9]{30}"),
    Named("vonage-secret", "Vonage secret", r"vonage|nexmo", r"[A-Za-z0-9]{16}"),
    Named("messagebird-key", "MessageBird key", r"message_?bird", r"[A-Za-z0-9]{25}"),
    Named("plivo-token", "Plivo token", r"plivo", r"[A-Za-z0-9]{40}"),
    Named("sendbird-token", "Sendbird token", r"sendbird", r"[0-9a-f]{40}|" + _UUID),
    Named("mattermost-token", "Mattermost token", r"mattermost", r"[a-z0-9]{26}"),
    Named("gitter-token", "Gitter token", r"gitter", r"[A-Za-z0-9_-]{40}"),
    Named("telegram-token", "Telegram bot token", r"telegram|(?:^|_)tg_", r"\d{5,16}:A[A-Za-z0-9_-]{34}"),
)  # fmt: skip
