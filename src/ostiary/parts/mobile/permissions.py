"""Android's permissions that reach a user's data, and the words by which code shows that it uses one.

A word counts wherever it stands in a name or text of the code, libraries' code included: so a permission without any of its
words is one that nothing here can use, while a word that is there proves no need.

Source: ``android.Manifest.permission`` (protection levels) and the reference of the classes named, Android 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_PREFIX: Final = "android.permission."
_PLACE: Final = (
    "LocationManager", "FusedLocationProvider", "LocationServices", "GeolocationPermissions", "getScanResults", "getCellLocation",
    "getAllCellInfo", "startDiscovery", "BluetoothLeScanner", "setMyLocationEnabled", "LocationClient", "Geofenc",
)  # fmt: skip
_STORED: Final = (
    "MediaStore",
    "getExternalStorage",
    "getExternalStoragePublicDirectory",
    "/sdcard",
    "/storage/emulated",
    "DownloadManager",
)
_MEDIA: Final = ("MediaStore", "PickVisualMedia", "ContentResolver")
_PHONE: Final = ("TelephonyManager", "PhoneStateListener", "TelephonyCallback", "TelecomManager", "SubscriptionManager")
_BLUETOOTH: Final = ("android.bluetooth", "BluetoothAdapter", "BluetoothManager")
_SENSOR: Final = ("SensorManager", "HealthServices", "FitnessOptions", "health.connect")
DANGEROUS: Final[Mapping[str, Sequence[str]]] = {
    "ACCEPT_HANDOVER": ("ACCEPT_HANDOVER", "TelecomManager"),
    "ACCESS_BACKGROUND_LOCATION": _PLACE,
    "ACCESS_COARSE_LOCATION": _PLACE,
    "ACCESS_FINE_LOCATION": _PLACE,
    "ACCESS_MEDIA_LOCATION": ("ExifInterface", "setRequireOriginal", "MediaStore"),
    "ACTIVITY_RECOGNITION": ("ActivityRecognition", "ActivityTransition", *_SENSOR),
    "ADD_VOICEMAIL": ("VoicemailContract",),
    "ANSWER_PHONE_CALLS": ("TelecomManager", "acceptRingingCall"),
    "BLUETOOTH_ADVERTISE": _BLUETOOTH,
    "BLUETOOTH_CONNECT": _BLUETOOTH,
    "BLUETOOTH_SCAN": _BLUETOOTH,
    "BODY_SENSORS": _SENSOR,
    "BODY_SENSORS_BACKGROUND": _SENSOR,
    "CALL_PHONE": ("android.intent.action.CALL", "ACTION_CALL", "TelecomManager", "placeCall"),
    "CAMERA": ("android.hardware.Camera", "CameraManager", "camera.core", "IMAGE_CAPTURE", "VIDEO_CAPTURE", "CameraX", "CameraView"),
    "GET_ACCOUNTS": ("AccountManager", "AccountPicker"),
    "NEARBY_WIFI_DEVICES": ("WifiManager", "WifiP2p", "WifiAware", "NsdManager"),
    "POST_NOTIFICATIONS": ("NotificationManager", "NotificationCompat", "FirebaseMessaging"),
    "PROCESS_OUTGOING_CALLS": ("NEW_OUTGOING_CALL",),
    "READ_CALENDAR": ("CalendarContract", "com.android.calendar"),
    "READ_CALL_LOG": ("CallLog", "content://call_log"),
    "READ_CONTACTS": ("ContactsContract", "com.android.contacts", "content://contacts"),
    "READ_EXTERNAL_STORAGE": _STORED,
    "READ_MEDIA_AUDIO": _MEDIA,
    "READ_MEDIA_IMAGES": _MEDIA,
    "READ_MEDIA_VIDEO": _MEDIA,
    "READ_MEDIA_VISUAL_USER_SELECTED": _MEDIA,
    "READ_PHONE_NUMBERS": _PHONE,
    "READ_PHONE_STATE": _PHONE,
    "READ_SMS": ("Telephony$Sms", "Telephony.Sms", "content://sms", "content://mms"),
    "RECEIVE_MMS": ("WAP_PUSH_RECEIVED",),
    "RECEIVE_SMS": ("SMS_RECEIVED", "SMS_DELIVER", "createFromPdu"),
    "RECEIVE_WAP_PUSH": ("WAP_PUSH_RECEIVED",),
    "RECORD_AUDIO": ("AudioRecord", "MediaRecorder", "SpeechRecognizer", "RECOGNIZE_SPEECH", "Visualizer", "webrtc"),
    "SEND_SMS": ("SmsManager", "sendTextMessage"),
    "USE_SIP": ("net.sip", "SipManager"),
    "UWB_RANGING": (".uwb",),
    "WRITE_CALENDAR": ("CalendarContract", "com.android.calendar"),
    "WRITE_CALL_LOG": ("CallLog", "content://call_log"),
    "WRITE_CONTACTS": ("ContactsContract", "com.android.contacts", "content://contacts"),
    "WRITE_EXTERNAL_STORAGE": _STORED,
}  # fmt: skip
SPECIAL: Final = frozenset(
    {
        "MANAGE_EXTERNAL_STORAGE", "PACKAGE_USAGE_STATS", "QUERY_ALL_PACKAGES", "REQUEST_INSTALL_PACKAGES",
        "SYSTEM_ALERT_WINDOW", "WRITE_SETTINGS", "READ_LOGS", "INSTALL_PACKAGES", "WRITE_SECURE_SETTINGS",
    }
)  # fmt: skip
_RUN_TIME: Final = 23  # the SDK from which users are asked while an app runs


def short(name: str) -> str:
    """``CAMERA`` for ``android.permission.CAMERA``; other makers' permissions keep their names."""
    return name.removeprefix(_PREFIX)


def is_dangerous(name: str) -> bool:
    """Whether a permission reaches data or devices of the user's, so that Android asks them."""
    return name.startswith(_PREFIX) and short(name) in DANGEROUS


def is_special(name: str) -> bool:
    """Whether a permission is given in the system's settings alone, or to the system's own apps."""
    return name.startswith(_PREFIX) and short(name) in SPECIAL


def is_used(name: str, code: str) -> bool:
    """Whether names and texts of an app's code, in one text, show a use of a dangerous permission, or ask for it."""
    words = (f"android.permission.{short(name)}", f"permission.{short(name)}", *DANGEROUS[short(name)])
    return any(word in code for word in words)


def asked_when_installed(minimum: int) -> bool:
    """Whether phones that the app supports grant everything at once."""
    return minimum < _RUN_TIME
