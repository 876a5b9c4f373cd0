package shop.web

import org.slf4j.LoggerFactory

class Doors {
    private val log = LoggerFactory.getLogger(Doors::class.java)

    fun enter(mail: String, password: String) {
        log.info("login of {} with a password of {} characters", mail, password.length)
    }
}
