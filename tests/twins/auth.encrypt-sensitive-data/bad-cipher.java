import java.security.Key;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

final class Sealing {
    private static final String KIND = "AES/ECB/PKCS5Padding";

    byte[] first(Key key, byte[] text) throws Exception {
        Cipher cipher = Cipher.getInstance("AES"); // BAD
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(text);
    }

    byte[] second(Key key, byte[] text) throws Exception {
        Cipher cipher = Cipher.getInstance(KIND); // BAD
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(text);
    }

    byte[] third(Key key, byte[] text) throws Exception {
        Cipher cipher = Cipher.getInstance("DESede/CBC/PKCS5Padding"); // BAD
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(text);
    }

    byte[] fourth(Key key, byte[] text) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec("clinic-start-001".getBytes())); // BAD
        return cipher.doFinal(text);
    }
}
