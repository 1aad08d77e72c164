fn main() {
    for p in std::fs::read_dir("corpus/docx").unwrap() {
        let b = std::fs::read(p.unwrap().path()).unwrap();
        strongroom_fuzz::docx(&b);
        // mutations
        let mut x = 12345u64;
        for _ in 0..300 {
            let mut m = b.clone();
            for _ in 0..3 {
                x = x
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                let at = (x >> 33) as usize % m.len();
                let from = (x >> 17) as usize % m.len();
                match x % 3 {
                    0 => m[at] = (x >> 20) as u8,
                    1 => {
                        let e = (from + (x >> 50) as usize % 40).min(m.len());
                        let s = m[from..e].to_vec();
                        m.splice(at..at, s);
                    }
                    _ => {
                        let e = (at + (x >> 50) as usize % 30).min(m.len());
                        if e - at < m.len() - 1 {
                            m.drain(at..e);
                        }
                    }
                }
            }
            if m.is_empty() {
                continue;
            }
            strongroom_fuzz::docx(&m);
        }
    }
    println!("done");
}
