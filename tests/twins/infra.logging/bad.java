import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class Accounts {
    private static final Logger log = LoggerFactory.getLogger(Accounts.class);

    void signIn(String user, String password) {
        log.info("sign-in of {} with {}", user, password); // BAD
    }
}
