package io.hostel

object Mail {
    private const val MAIL_API_SECRET = "kd93Xf02Jf92Qw02jT20" // BAD
}
