"""Payment providers, shops and banks: the forms of their keys, and the names they give them."""

from __future__ import annotations

from typing import Final

from ostiary.parts.secrets.formats.format import Format, Named

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

FORMATS: Final = (
    Format("stripe-key", "Stripe secret key", r"[sr]k_(?:live|prod)_[A-Za-z0-9]{16,250}", 8),
    Format("stripe-test-key", "Stripe test key", r"[sr]k_test_[A-Za-z0-9]{16,250}", 8, weak=True),
    Format("stripe-webhook-secret", "Stripe webhook secret", r"whsec_[A-Za-z0-9+/]{24,88}={0,2}", 6, anchor="whsec_"),
    Format("stripe-publishable-key", "Stripe publishable key", r"pk_(?:live|test)_[A-Za-z0-9]{16,250}", 8, public=True),
    Format("square-token", "Square access token", r"sq0atp-[A-Za-z0-9_-]{22}", 7),
    Format("square-secret", "Square OAuth secret", r"sq0csp-[A-Za-z0-9_-]{43}", 7),
    Format("square-token", "Square access token", r"EAAA[A-Za-z0-9_-]{60}", 4),
    Format("braintree-token", "PayPal Braintree token", r"access_token\$production\$[a-z0-9]{16}\$[0-9a-f]{32}", 24, anchor="$production$"),
    Format("razorpay-key-id", "Razorpay key id", r"rzp_live_[A-Za-z0-9]{14}", 9, public=True),
    Format("shopify-token", "Shopify token", r"shp(?:at|ca|pa|ss|tka|ut)_[0-9a-fA-F]{32}", 6),
    Format("adyen-key", "Adyen API key", r"AQE[a-z]hmfuXNWTK0Qc[A-Za-z0-9+/=-]{40,200}", 4, anchor="hmfuXNWTK0Qc"),
    Format("plaid-token", "Plaid access token", r"access-(?:production|development)-" + _UUID, 18),
    Format("flutterwave-key", "Flutterwave secret key", r"FLWSECK-[0-9a-f]{32}-X", 8),
    Format("mollie-key", "Mollie key", r"live_[A-Za-z0-9]{30}", 5),
    Format("lob-key", "Lob key", r"live_(?:pub_)?[0-9a-f]{35}", 5),
    Format("xendit-key", "Xendit secret key", r"xnd_production_[A-Za-z0-9+/=_-]{40,80}", 15, anchor="xnd_production_"),
    Format("klarna-key", "Klarna API key", r"klarna_live_api_[A-Za-z0-9]{40,90}", 16),
    Format("chargebee-key", "Chargebee key", r"live_[A-Za-z0-9]{32,48}", 5),
    Format("polar-token", "Polar token", r"polar_oat_[A-Za-z0-9]{40,50}", 10),
    Format("paddle-key", "Paddle key", r"pdl_live_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}", 16),
)  # fmt: skip

NAMED: Final = (
    Named("paypal-secret", "PayPal secret", r"paypal", r"E[A-Za-z0-9_-]{79}"),
    Named("braintree-private-key", "Braintree private key", r"braintree", r"[0-9a-f]{32}"),
    Named("razorpay-secret", "Razorpay secret", r"razorpay|rzp", r"[A-Za-z0-9]{24}"),
    Named("plaid-secret", "Plaid secret", r"plaid", r"[0-9a-f]{30}"),
    Named("shopify-secret", "Shopify secret", r"shopify", r"[0-9a-f]{32}"),
    Named("coinbase-token", "Coinbase token", r"coinbase", r"[A-Za-z0-9_-]{64}"),
    Named("wise-token", "Wise token", r"(?:transfer)?wise", _UUID),
    Named("paystack-key", "Paystack key", r"paystack", r"sk_[a-z]+_[0-9a-f]{40}"),
)  # fmt: skip

# Payment providers whose requests are signed with a salt or key, and words that stand beside them in names.
PROVIDERS: Final = (
    "payu", "payubiz", "payumoney", "paytm", "razorpay", "cashfree", "ccavenue", "easebuzz", "billdesk", "phonepe",
    "instamojo", "juspay", "atom", "worldline", "ingenico", "sofort", "mobikwik", "freecharge", "airpay", "citrus",
    "ebs", "hdfc", "payzapp", "paypal", "adyen", "worldpay", "wirecard", "klarna", "mollie", "midtrans", "doku", "ipay88",
    "redsys", "paygate", "payfast", "peach", "iyzico", "paytr", "paytabs", "telr", "hyperpay", "fawry", "paymob", "alipay",
    "wechatpay", "unionpay", "yookassa", "robokassa", "liqpay", "payeer", "przelewy24", "dotpay", "tpay", "payone",
)  # fmt: skip
