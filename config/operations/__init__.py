"""How the installation fares: for those who run it. Figures, kinds and states; never content, never an address."""
