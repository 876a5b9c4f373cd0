package shop.forms

private val MAIL = Regex("^[a-z0-9]+(?:[._][a-z0-9]+)*@shop\\.example$")

fun fits(mail: String): Boolean = MAIL.matches(mail)
