package shop.users;

import javax.crypto.Cipher;
import org.apache.commons.codec.digest.DigestUtils;

class Own {
    String store(String password) {
        return DigestUtils.sha256Hex(password); // BAD
    }

    Cipher hideToken() throws Exception {
        return Cipher.getInstance("AES/ECB/PKCS5Padding"); // BAD
    }
}
