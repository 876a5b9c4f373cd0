package shop;

class Start {
    static void main(String[] args) {
        System.setProperty("jdk.xml.entityExpansionLimit", "0"); // BAD
    }
}
