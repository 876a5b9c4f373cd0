package shop.forms

private val MAIL = Regex("^([a-z0-9]+[._]?)+@shop\\.example$") // BAD

fun fits(mail: String): Boolean = MAIL.matches(mail)
